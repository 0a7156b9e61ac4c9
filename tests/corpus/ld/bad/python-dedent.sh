# ENV104: python dedent
python3 <<'EOF'
import textwrap
lib = "/opt/x/lib"
with open("/opt/x/bin/x", "w") as f:
    f.write(textwrap.dedent(f"""\
        #!/bin/sh
        export LD_LIBRARY_PATH={lib}
        exec /opt/x/libexec/x "$@"
        """))
EOF
