# ENV102: Octave, name in variable
LDP=LD_LIBRARY_PATH
export ${LDP}=/opt/octave/lib
octave --eval 'version'
