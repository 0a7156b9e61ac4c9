# EasyBuild, filter
eb --filter-env-vars=LD_LIBRARY_PATH --rpath --robot GROMACS-2023.3-foss-2023a.eb
