# ENV104: spack package py
cat > package.py <<'EOF'
class Foo(Package):
    def setup_run_environment(self, env):
        env.prepend_path("LD_LIBRARY_PATH", self.prefix.lib64)
EOF
