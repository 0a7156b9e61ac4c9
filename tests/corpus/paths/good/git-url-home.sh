# quiet: addresses with such names
git clone https://example.org/home/user/tool.git /opt/tool
pip install "tool @ https://example.org/scratch/tool-1.0.tar.gz" --prefix=/opt/x
