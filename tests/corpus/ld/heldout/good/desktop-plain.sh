# desktop plain
cat > /usr/share/applications/paraview.desktop <<'EOF'
[Desktop Entry]
Name=ParaView
Comment=Needs no LD_LIBRARY_PATH=/opt/paraview/lib
Exec=/opt/paraview/bin/paraview %f
EOF
