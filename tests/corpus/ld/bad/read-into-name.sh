# ENV102: read into name
read -r name dir <<< "LD_LIBRARY_PATH /opt/x/lib"
export "$name=$dir"
