# ENV104: sitecustomize
SITE=$(python3 -c 'import site; print(site.getsitepackages()[0])')
echo "import os; os.environ['LD_LIBRARY_PATH'] = '/opt/x/lib'" > "$SITE/sitecustomize.py"
