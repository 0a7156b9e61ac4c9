# ENV104: python print redirect
python3 -c "print('export LD_LIBRARY_PATH=/opt/x/lib')" >> /etc/profile.d/x.sh
