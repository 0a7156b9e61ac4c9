# quiet: pip from a mount
pip install --no-index --find-links /home/wheels --prefix /opt/x -c /scratch/c.txt tool
pip install -r /home/r.txt -t /opt/site
