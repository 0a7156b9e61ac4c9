# quiet: worked in /home, removed
git clone https://example.org/x /home/x && make -C /home/x install PREFIX=/opt/x && rm -rf /home/x
