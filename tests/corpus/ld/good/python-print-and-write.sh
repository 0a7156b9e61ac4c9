# python print and write
python3 - <<'EOF'
print("export LD_LIBRARY_PATH=/opt/x/lib is not needed")
with open("/opt/x/share/stamp", "w") as f:
    f.write("1\n")
EOF
