# buildah comment
buildah config --comment="needs no LD_LIBRARY_PATH=/opt/x/lib" --label note="LD_LIBRARY_PATH=/opt/x/lib" "$c"
