# pytest file
cat > test_env.py <<'EOF'
import os

def test_clean(monkeypatch):
    assert os.environ.get("LD_LIBRARY_PATH", "") == ""
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
EOF
