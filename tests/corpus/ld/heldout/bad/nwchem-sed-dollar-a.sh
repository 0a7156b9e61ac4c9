# ENV104: NWChem, sed dollar a
sed -i -e '$a export LD_LIBRARY_PATH=/opt/nwchem/lib' "$HOME/.bashrc"
