# ENV102: r with envvar
Rscript -e 'withr::with_envvar(c(LD_LIBRARY_PATH = "/opt/x/lib"), system("make check"))'
