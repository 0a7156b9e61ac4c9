# ENV103: dune, xargs env
ls build/dune-grid/test/test-* | xargs -I{} env LD_LIBRARY_PATH=/opt/dune/lib {}
