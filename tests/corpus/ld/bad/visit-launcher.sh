# ENV106: a wrapper in python
cat > /opt/visit/bin/visit-site <<'EOF'
#!/usr/bin/env python3
import os, sys
os.environ["LD_LIBRARY_PATH"] = "/opt/visit/lib:" + os.environ.get("LD_LIBRARY_PATH", "")
os.execv("/opt/visit/bin/visit", sys.argv)
EOF
