# ENV103: Amber, array env
run_env=(AMBERHOME=/opt/amber LD_LIBRARY_PATH=/opt/amber/lib)
env "${run_env[@]}" make -C /opt/amber/test test.serial
