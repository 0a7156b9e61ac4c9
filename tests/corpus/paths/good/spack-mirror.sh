# quiet: mirrors and externals of Spack
spack mirror add site file:///global/mirror
cat > /opt/env/packages.yaml <<EOF
packages:
  mpich:
    externals: [{spec: mpich@4, prefix: /opt/cray}]
EOF
