# ENV104: singularity env d
cat <<'EOT' >> /.singularity.d/env/91-environment.sh
LD_LIBRARY_PATH=/opt/x/lib:$LD_LIBRARY_PATH
export LD_LIBRARY_PATH
EOT
