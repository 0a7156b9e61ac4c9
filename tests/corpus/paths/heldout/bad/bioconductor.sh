# PTH202@2: BiocManager with lib
R -e "BiocManager::install('DESeq2', lib='/home/rlib', ask=FALSE)"
