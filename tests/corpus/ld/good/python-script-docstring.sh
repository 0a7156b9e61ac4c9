# python script docstring
cat > /opt/x/bin/x <<'EOF'
#!/usr/bin/env python3
"""Run x. Does not need LD_LIBRARY_PATH=/opt/x/lib."""
import sys
sys.exit("LD_LIBRARY_PATH=/opt/x/lib is refused")
EOF
