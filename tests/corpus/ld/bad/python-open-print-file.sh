# ENV104: python open print file
python3 - <<'EOF'
with open("/etc/profile.d/x.sh", "w") as out:
    print("export LD_LIBRARY_PATH=/opt/x/lib", file=out)
EOF
