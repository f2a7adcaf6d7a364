"""What Google is told about the add-on before anybody opens it: manifests, listing texts, images. Stands above the doors."""
