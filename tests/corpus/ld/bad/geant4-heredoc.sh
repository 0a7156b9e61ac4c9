# ENV104: Geant4's variables
cat <<-'EOF' >>/root/.bashrc
	source /opt/geant4/bin/geant4.sh
	export LD_LIBRARY_PATH=/opt/geant4/lib64:$LD_LIBRARY_PATH
EOF
