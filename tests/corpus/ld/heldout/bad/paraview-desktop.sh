# ENV104: ParaView, desktop
cat > /usr/share/applications/paraview.desktop <<'EOF'
[Desktop Entry]
Name=ParaView
Exec=env LD_LIBRARY_PATH=/opt/paraview/lib /opt/paraview/bin/paraview %f
Type=Application
EOF
