"""Who may open which URL: one module per area, each with ROWS: list[Row]; tests/test_urls.py walks them all.

The cast (see tests/url_matrix/cast.py): An ward officer, Ba hamlet officer, Bình inspector, Chi ward chair, Dũng ward officer of
another ward (stranger), Đào decider, Em leader of the province, Quản administrator, and nobody (anonymous).
"""
