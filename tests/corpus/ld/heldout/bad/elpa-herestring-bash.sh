# ENV102: ELPA, herestring bash
bash <<< 'export LD_LIBRARY_PATH=/opt/elpa/lib; make check'
