# quiet: downloads into /tmp
wget -q -P /tmp https://example.org/x.deb && dpkg -i /tmp/x.deb && rm /tmp/x.deb
wget -O- https://example.org/key | gpg --dearmor > /usr/share/keyrings/x.gpg
