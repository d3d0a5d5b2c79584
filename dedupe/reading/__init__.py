"""Files people have → articles: paths → streams → records → articles. Bad input is reported, and the rest goes on."""
