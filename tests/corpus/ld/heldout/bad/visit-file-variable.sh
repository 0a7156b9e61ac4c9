# ENV104: VisIt, file variable
RC=/etc/profile.d/visit.sh
echo "export PATH=/opt/visit/bin:\$PATH" > "$RC"
echo "export LD_LIBRARY_PATH=/opt/visit/lib:\$LD_LIBRARY_PATH" >> "$RC"
