# ENV102: python sets it for what it starts
python3 -c 'import os, subprocess; os.environ["LD_LIBRARY_PATH"] = "/opt/x/lib"; subprocess.check_call(["/opt/x/bin/selftest"])'
