# PTH202@2: install.packages with lib=
Rscript -e 'install.packages("data.table", lib="/global/R/library", repos="https://cloud.r-project.org")'
