# python empty dict
python3 -c 'import os, subprocess; subprocess.run(["./x"], env=dict(os.environ, LD_LIBRARY_PATH=""), check=True)'
