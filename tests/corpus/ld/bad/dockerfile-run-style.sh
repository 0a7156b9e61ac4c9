# ENV104: a long RUN
set -ex; apt-get update \
 && make -C /src install \
 && echo "export LD_LIBRARY_PATH=/opt/x/lib" > /etc/profile.d/x.sh \
 && rm -rf /src
