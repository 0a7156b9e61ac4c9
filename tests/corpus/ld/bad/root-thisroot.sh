# ENV102: ROOT without thisroot.sh
export ROOTSYS=/opt/root
export LD_LIBRARY_PATH=$ROOTSYS/lib:${LD_LIBRARY_PATH}
export PYTHONPATH=$ROOTSYS/lib
python3 -c 'import ROOT'
