# quiet: Spack's stage in /tmp
spack config add "config:build_stage:/tmp/spack-stage"
spack config add "config:install_tree:root:/opt/spack"
spack install zlib
