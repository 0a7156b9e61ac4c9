# quiet: git elsewhere
git -C /opt/src clone https://example.org/home.git && git -C /home/src status
