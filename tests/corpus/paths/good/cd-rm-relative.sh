# quiet: removed by its relative name
cd /scratch && tar -xzf /src/x.tgz && cd x && make install PREFIX=/opt/x && cd /scratch && rm -rf x
