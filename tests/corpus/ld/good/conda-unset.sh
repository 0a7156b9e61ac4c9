# conda forgets it
conda env config vars unset LD_LIBRARY_PATH
