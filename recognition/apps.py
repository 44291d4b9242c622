from django.apps import AppConfig


class RecognitionConfig(AppConfig):
    """The yearly work: rulebooks, registrations, assessments, decisions, certificates, tallies, reports."""

    name = "recognition"
    verbose_name = "Công nhận mô hình học tập"

    def ready(self):
        """Plug into the register, which knows nothing of the yearly work."""
        from recognition import panels  # noqa: PLC0415  (models are loaded only now)
        from recognition.domain import merged_registrants, place_changes  # noqa: PLC0415
        from units import hooks  # noqa: PLC0415
        from units.domain.duplicates import hooks as duplicates  # noqa: PLC0415
        from units.domain.importing import hooks as importing  # noqa: PLC0415
        from units.domain.reforms import hooks as reforms  # noqa: PLC0415

        hooks.registrant_panels.append(panels.recognitions_of)
        hooks.place_links.append(panels.figures_of)
        importing.on_confirm.append(panels.register_from_list)
        importing.on_undo.append(panels.unregister_from_list)
        reforms.open_work.append(place_changes.open_work)
        reforms.built_on.append(place_changes.built_on)
        reforms.carry_work.append(place_changes.carry_work)
        reforms.give_work_back.append(place_changes.give_work_back)
        reforms.decided_on.append(place_changes.decided_on)
        duplicates.open_dossiers.append(merged_registrants.open_dossiers)
        duplicates.withdraw_open.append(merged_registrants.withdraw_open)
        duplicates.built_on.append(merged_registrants.built_on)
        duplicates.carry_over.append(merged_registrants.carry_affiliations)
        duplicates.changed_since.append(merged_registrants.affiliations_changed)
        duplicates.give_back.append(merged_registrants.give_affiliations_back)
