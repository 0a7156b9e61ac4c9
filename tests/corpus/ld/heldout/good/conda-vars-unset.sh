# conda vars unset
conda env config vars unset -n base LD_LIBRARY_PATH
