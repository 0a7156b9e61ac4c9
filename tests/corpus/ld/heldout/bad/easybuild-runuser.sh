# ENV103: EasyBuild, runuser
runuser -u easybuild -- env LD_LIBRARY_PATH=/opt/lua/lib eb --show-config
