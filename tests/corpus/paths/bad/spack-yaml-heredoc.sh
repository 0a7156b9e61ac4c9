# PTH202@7: spack.yaml in a here-document
cat > /opt/env/spack.yaml <<EOF
spack:
  specs: [hdf5]
  config:
    install_tree:
      root: /scratch/spack
  view: /opt/view
EOF
spack -e /opt/env install
