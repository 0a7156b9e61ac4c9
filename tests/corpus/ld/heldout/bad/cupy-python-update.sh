# ENV102: CuPy, python update
python3 -c "import os,sys; os.environ.update(LD_LIBRARY_PATH='/opt/cupy/lib'); os.execv(sys.executable, [sys.executable, '-m', 'cupyx.tools.install_library'])"
