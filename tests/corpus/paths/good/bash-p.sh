# quiet: -p of another script
bash run-tests.sh -p /scratch/x
