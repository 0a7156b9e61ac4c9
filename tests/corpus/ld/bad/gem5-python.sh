# ENV102: gem5 python
export PYTHONHOME=/opt/py LD_LIBRARY_PATH=/opt/py/lib; ./build/X86/gem5.opt configs/example/se.py
