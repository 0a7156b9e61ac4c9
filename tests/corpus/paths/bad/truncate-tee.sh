# PTH202@2: tee to several files
date | tee /opt/x/stamp /global/x/stamp
