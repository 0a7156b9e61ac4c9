# bash c unset
bash -c 'unset LD_LIBRARY_PATH; exec ./x'
