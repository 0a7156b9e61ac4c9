# a remark in python
python3 - <<'EOF'
# os.environ["LD_LIBRARY_PATH"] = "/opt/x/lib"
print("no")
EOF
