# PTH207@2: editable for the user
pip3 install -e . --user
