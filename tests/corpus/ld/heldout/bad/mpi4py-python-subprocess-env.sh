# ENV102: mpi4py, python subprocess env
python3 <<EOF
import os, subprocess
env = dict(os.environ, LD_LIBRARY_PATH="/opt/mpich/lib")
subprocess.run(["python3", "setup.py", "test"], env=env, check=True)
EOF
