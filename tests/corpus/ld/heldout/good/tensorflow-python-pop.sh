# TensorFlow, python pop
python3 - <<'EOF'
import os
os.environ.pop("LD_LIBRARY_PATH", None)
import tensorflow as tf
print(tf.__version__)
EOF
