"""The guide: for each role its work of the year in the order it comes, and answers to what people ask first.

A step leads to a page of the rail by that page's URL name, so a step never points where the person may not go.
"""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from units.choices import Role


@dataclass(frozen=True)
class Step:
    """One step of a role's year. `page`: URL name of an item of the rail (portal.navigation)."""

    title: object
    text: object
    page: str


@dataclass(frozen=True)
class Answer:
    """A question people ask, and the answer."""

    question: object
    text: object


_LIST = Step(
    _("Rà danh sách hộ"),
    _(
        "Thêm hộ mới, sửa hộ ghi sai, đưa ra khỏi sổ hộ đã chuyển đi. Có "
        "danh sách Excel thì tải lên hoặc dán vào bảng: "
        "hệ thống cho xem trước từng dòng rồi mới ghi."
    ),
    "units:household-list",
)
_REGISTER = Step(
    _("Đăng ký danh hiệu"),
    _("Bấm “Đăng ký nhiều hồ sơ”, chọn những hộ, dòng họ, đơn vị, công dân đăng ký trong năm rồi lưu một lần."),
    "recognition:registration-list",
)
_SCORE = Step(
    _("Nhập điểm tự chấm"),
    _("Nhập điểm cả khu phố, thôn trên một bảng, hoặc nhập từ Excel. Dòng nào sai được chỉ ra, dòng đúng vẫn lưu."),
    "recognition:scoring-grid",
)
_SLIPS = Step(
    _("Phát phiếu tự chấm"),
    _("In phiếu có mã QR để gia đình, công dân tự chấm trên điện thoại. Điểm chỉ có hiệu lực khi bạn nhận phiếu."),
    "recognition:entry-links",
)
_MEETING = Step(
    _("Ghi biên bản họp bình xét"),
    _("Sau cuộc họp, ghi người dự, điểm thống nhất và số phiếu của từng hồ sơ, rồi in biên bản để ký."),
    "recognition:meeting-list",
)
_MISSING = Step(
    _("Xem còn thiếu ai"),
    _("Trang này nêu từng hộ còn thiếu việc gì để khu phố, thôn đạt mức."),
    "recognition:missing-own",
)
_PROGRESS = Step(
    _("Báo tiến độ"),
    _("Chép lời hoặc tải ảnh tiến độ để gửi vào nhóm Zalo. Trong đó chỉ có số lượng, không có tên ai."),
    "recognition:progress-home",
)
_WORK = Step(
    _("Bắt đầu từ “Việc của tôi”"),
    _("Việc quá hạn đứng trước. Mỗi dòng dẫn thẳng đến danh sách phải làm."),
    "recognition:work-list",
)
_REPORTS = Step(
    _("Xem, tải biểu báo cáo"),
    _("Biểu TK-01 đến TK-08 được tính từ hồ sơ; bấm vào một số để thấy danh sách đứng sau số đó."),
    "recognition:report-list",
)

STEPS: dict[str, tuple[Step, ...]] = {
    Role.HAMLET_OFFICER: (_WORK, _LIST, _REGISTER, _SCORE, _SLIPS, _MEETING, _MISSING, _PROGRESS),
    Role.WARD_OFFICER: (
        _WORK,
        _LIST,
        Step(
            _("Xem hộ, người có thể nhập trùng"),
            _(
                "Hệ thống xếp những cặp giống nhau nhất lên đầu; bạn quyết định "
                "gộp hay ghi là khác nhau. Gộp nhầm thì hoàn tác."
            ),
            "units:duplicate-list",
        ),
        _REGISTER,
        _SCORE,
        _SLIPS,
        _MEETING,
        Step(
            _("Lập tờ trình"),
            _("Chọn hồ sơ đã bình xét đạt, lập tờ trình kèm danh sách và gửi cơ quan quyết định."),
            "recognition:proposal-list",
        ),
        Step(
            _("In giấy công nhận"),
            _("Có quyết định thì có giấy. Mở quyết định để in cả tập; mất giấy thì xin cơ quan quyết định cấp lại."),
            "recognition:certificate-list",
        ),
        Step(
            _("Ghi số liệu của Hội"),
            _("Chi hội, hội viên, quỹ và các lớp tập huấn trong năm; ghi rõ nguồn số liệu."),
            "recognition:association-home",
        ),
        _REPORTS,
    ),
    Role.WARD_CHAIR: (
        _WORK,
        Step(
            _("Xem hồ sơ, trả lại chỗ chưa đủ"),
            _("Mở danh sách theo tình trạng. Trả lại thì ghi lý do; người nhập thấy ngay ở “Việc của tôi”."),
            "recognition:registration-list",
        ),
        Step(
            _("Lập và ký tờ trình"),
            _("Tờ trình in theo thể thức văn bản, kèm danh sách hồ sơ đề nghị công nhận."),
            "recognition:proposal-list",
        ),
        Step(
            _("Trả lời phản ánh"),
            _("Mỗi phản ánh có hạn trả lời tính theo ngày làm việc."),
            "recognition:objection-list",
        ),
        Step(
            _("Ký, gửi báo cáo năm"),
            _(
                "Hệ thống kiểm tra số liệu trước khi ký: chỗ sai phải sửa, chỗ "
                "cần xem lại thì ghi lý do. Ký rồi số liệu "
                "được giữ nguyên; sửa sau là một bản mới."
            ),
            "recognition:year-report-home",
        ),
        Step(
            _("Phân công cán bộ"),
            _(
                "Mời cán bộ bằng liên kết một lần và phân công theo khu phố, "
                "thôn; người thôi việc thì kết thúc phân công."
            ),
            "units:staff-list",
        ),
        Step(
            _("Mở trang công khai"),
            _("Bạn chọn có mở hay không. Tên chủ hộ chỉ hiện khi địa bàn quyết định."),
            "recognition:public-settings",
        ),
    ),
    Role.INSPECTOR: (
        _WORK,
        Step(
            _("Lập đoàn, bốc mẫu, chấm tại chỗ"),
            _(
                "Ghi quyết định lập đoàn, chia tiêu chí cho từng người, bốc "
                "ngẫu nhiên hộ đến thăm. Chấm trên điện thoại "
                "ngay cạnh điểm tự chấm và minh chứng. Không ai kiểm tra địa bàn hay điểm do mình nhập."
            ),
            "recognition:inspection-list",
        ),
        Step(
            _("So điểm tự chấm với điểm kiểm tra"),
            _("Trang của đoàn nêu chênh lệch theo tiêu chí và theo nơi, cùng những nơi cần xem lại."),
            "recognition:inspection-list",
        ),
        Step(
            _("Đọc bộ tiêu chí"),
            _("Mỗi tiêu chí có nguồn. Nhãn “Tạm thời” nghĩa là chưa đối chiếu với văn bản gốc."),
            "recognition:rulebook-list",
        ),
    ),
    Role.DECIDER: (
        _WORK,
        Step(
            _("Xem tờ trình chờ quyết định"),
            _("Mở tờ trình, xem từng hồ sơ; công nhận, không công nhận kèm lý do, hoặc trả lại để bổ sung."),
            "recognition:proposal-list",
        ),
        Step(
            _("Ra quyết định"),
            _("Số, ngày, căn cứ và danh sách vào một văn bản; giấy công nhận được tạo cùng lúc."),
            "recognition:decision-list",
        ),
        Step(
            _("Cấp lại, thu hồi giấy"),
            _("In sai hoặc mất thì cấp giấy thay thế; thu hồi phải có lý do. Ai quét mã cũng thấy tình trạng mới."),
            "recognition:certificate-list",
        ),
        Step(
            _("Khen thưởng"),
            _("Danh sách đủ tiêu chuẩn được tính từ các năm đã công nhận; bạn chọn và ký quyết định khen."),
            "recognition:commendation-list",
        ),
    ),
    Role.LEADER: (
        Step(
            _("Xem bảng theo dõi"),
            _(
                "Số nào cũng bấm được để xem danh sách; “Giải thích” nói số đó "
                "tính thế nào. Có bản trình chiếu và bản gọn."
            ),
            "recognition:dashboard",
        ),
        _WORK,
        Step(
            _("Đặt chỉ tiêu"),
            _("Ghi chỉ tiêu kèm căn cứ; bảng theo dõi so kết quả với chỉ tiêu và dự báo đến 31/12."),
            "recognition:target-own",
        ),
        Step(
            _("Nhận hoặc trả lại báo cáo năm"),
            _("Trang này nêu nơi nào chưa gửi. Trả lại thì ghi lý do; nhận rồi thì ký báo cáo của cấp mình."),
            "recognition:year-report-home",
        ),
        Step(
            _("Tổng kết giai đoạn"),
            _("Số liệu nhiều năm có sẵn, phần lời bạn sửa rồi tải Word, Excel, PDF."),
            "recognition:summary-home",
        ),
    ),
    Role.ADMINISTRATOR: (
        Step(
            _("Cấp tài khoản, phân công"),
            _("Mời từng người bằng liên kết một lần; phân công có ngày bắt đầu và kết thúc."),
            "units:staff-list",
        ),
        Step(
            _("Giữ danh mục địa bàn"),
            _("Khu phố, thôn được thêm, đổi tên, chia, gộp từ một ngày; sổ của năm cũ không đổi."),
            "units:place-search",
        ),
        Step(
            _("Soạn bộ tiêu chí, ghi ngày nghỉ"),
            _("Bộ đang dùng không sửa được: sao thành dự thảo, sửa, kiểm tra, rồi đưa vào áp dụng."),
            "recognition:rulebook-list",
        ),
        _REPORTS,
    ),
}

ANSWERS = (
    Answer(
        _("Chữ nhỏ quá, làm sao cho to?"),
        _("Bấm một trong ba chữ A ở đầu trang (trên điện thoại: trong “Mục lục”). Cổng nhớ cỡ chữ đã chọn."),
    ),
    Answer(
        _("Sao không thấy số liệu năm ngoái?"),
        _("Mọi trang theo năm ghi ở đầu trang. Chọn năm khác ở đó, xem xong nhớ chọn lại năm nay."),
    ),
    Answer(
        _("Tôi nhập nhầm thì sao?"),
        _(
            "Nhập Excel nhầm: mở “Nhập từ Excel”, chọn lần nhập, bấm “Hoàn "
            "tác”. Đưa nhầm một hộ ra khỏi sổ: mở hộ đó, bấm "
            "“Mở lại hộ”. Không có gì bị xóa; mọi lần sửa đều có trong lịch sử."
        ),
    ),
    Answer(
        _("Hồ sơ bị trả lại thì làm gì?"),
        _("Mở “Việc của tôi”, chọn dòng “cần bổ sung”, đọc lý do, sửa điểm hoặc thêm minh chứng rồi lưu."),
    ),
    Answer(
        _("“Tạm thời” nghĩa là gì?"),
        _(
            "Quy định đó chưa được đối chiếu với văn bản gốc. Việc vẫn làm "
            "được; khi có văn bản, bộ tiêu chí được thay bằng "
            "phiên bản mới."
        ),
    ),
    Answer(
        _("Đang gõ thì mất mạng hoặc hết giờ đăng nhập?"),
        _("Những gì đã gõ được giữ trên máy đang dùng. Đăng nhập lại, trang cũ mở ra với chữ đã gõ."),
    ),
    Answer(
        _("Quên mật khẩu?"),
        _("Ở trang đăng nhập bấm “Quên mật khẩu?”. Không có thư điện tử thì xin quản trị cấp liên kết mới."),
    ),
)
