# ENV102: python patch dict
python3 -c 'import os, subprocess; from unittest.mock import patch
with patch.dict(os.environ, LD_LIBRARY_PATH="/opt/x/lib"): subprocess.check_call("./x")'
