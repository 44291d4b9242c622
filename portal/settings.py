"""All settings. Everything can be set from the environment; with none set the portal works for development.

PORTAL_ENV=production refuses to start without SECRET_KEY and DATABASE_URL.
"""

from pathlib import Path

import pghistory
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from portal import database
from portal.env import env_bool, env_int, env_list, env_secret, env_str

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_str("VAR_DIR", str(BASE_DIR / "var")))

PORTAL_ENV = env_str("PORTAL_ENV", "development")
if PORTAL_ENV not in {"development", "demo", "production"}:
    raise ImproperlyConfigured("PORTAL_ENV must be development, demo or production.")
PRODUCTION = PORTAL_ENV == "production"
DEMO = PORTAL_ENV == "demo"

SECRET_KEY = env_secret("SECRET_KEY")
if not SECRET_KEY:
    if PRODUCTION:
        raise ImproperlyConfigured("SECRET_KEY is required in production.")
    SECRET_KEY = "development-only-key-never-used-in-production-0123456789abcdef"

# Citizens are recognised by a keyed hash of their ID number, which is itself never stored. A server whose SECRET_KEY
# may change must give this key of its own: with another key nobody would be found again.
CITIZEN_HASH_KEY = env_secret("CITIZEN_HASH_KEY") or f"citizen-ids:{SECRET_KEY}"

DEBUG = env_bool("DEBUG", PORTAL_ENV == "development")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG cannot be on in production.")

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"])
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", [])
# The address printed under QR codes; people compare it with what their browser shows.
PUBLIC_URL = env_str("PUBLIC_URL", "http://localhost:8000").rstrip("/")

# --- Database: PostgreSQL only; portal/database.py starts a private one when DATABASE_URL is not set.
if PRODUCTION and not env_secret("DATABASE_URL"):
    raise ImproperlyConfigured("DATABASE_URL is required in production.")
DATABASES = {"default": database.config(env_secret("DATABASE_URL"), var_dir=VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
    "pgtrigger",
    "pghistory",
    "portal.apps.PortalConfig",
    "portal.jobs.apps.JobsConfig",
    "units.apps.UnitsConfig",
    "recognition.apps.RecognitionConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.locale.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.UploadSizeMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.courtesy.SignInAgainMiddleware",
    "portal.middleware.PrivatePagesMiddleware",
    "portal.middleware.UnreadableTextMiddleware",
    "portal.middleware.HistoryContextMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.courtesy.NotAllowedPageMiddleware",
    "portal.courtesy.ChangedMeanwhileMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.shell",
            ],
            "builtins": ["portal.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- People
AUTH_USER_MODEL = "units.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "full_name", "email")},
    },
    {"NAME": "portal.passwords.MinimumLength", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "portal:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "portal.accounts.ClosedSignupAdapter"
ACCOUNT_FORMS = {
    "login": "portal.account_forms.LoginForm",
    "change_password": "portal.account_forms.ChangePasswordForm",
    "set_password": "portal.account_forms.SetPasswordForm",
    "reset_password": "portal.account_forms.ResetPasswordForm",
    "reset_password_from_key": "portal.account_forms.ResetPasswordKeyForm",
    "reauthenticate": "portal.account_forms.ReauthenticateForm",
}
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
SESSION_COOKIE_AGE = env_int("SESSION_HOURS", 10) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 31536000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
BEHIND_TLS_PROXY = env_bool("BEHIND_TLS_PROXY")  # then the proxy alone says scheme and address of who asks
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 1)  # how many of our own stand before the portal, each adding an address
if TRUSTED_PROXIES < 1:
    raise ImproperlyConfigured(f"TRUSTED_PROXIES must be 1 or more, not {TRUSTED_PROXIES}.")
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"

# --- Content security: nothing inline, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- Language, dates, numbers
LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Tiếng Việt")), ("en", _("Tiếng Anh"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Ho_Chi_Minh"
USE_I18N = True
USE_TZ = True
USE_THOUSAND_SEPARATOR = False  # years and codes are numbers too; people's figures go through the `number` filter
FORMAT_MODULE_PATH = ["portal.formats"]

# --- Static files: npm packages stay in node_modules and are collected from there; nothing is vendored.
STATIC_URL = "static/"
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(VAR_DIR / "static")))
NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.lib.npm.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG and PORTAL_ENV != "development"
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = Path(env_str("MEDIA_ROOT", str(VAR_DIR / "media")))  # never under a URL: files are served by views

# --- Cache: sign-in attempts are counted across all web processes of this machine, so they share a folder.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"
        if PORTAL_ENV == "development"
        else "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(VAR_DIR / "cache"),
        # Django keeps 300 and then throws out a third at random, with it the failed sign-ins just counted.
        "OPTIONS": {"MAX_ENTRIES": 2000},
    }
}

# --- Limits: an office list is well under these; anything larger gets a sentence, not a crash.
IMPORT_MAX_BYTES = env_int("IMPORT_MAX_MEGABYTES", 20) * 1024 * 1024
IMPORT_MAX_UNZIPPED_BYTES = env_int("IMPORT_MAX_UNZIPPED_MEGABYTES", 300) * 1024 * 1024
IMPORT_MAX_ROWS = env_int("IMPORT_MAX_ROWS", 120_000)
# Wards whose registers one list of successions holds; PostgreSQL as it comes has room for some 6,000 such locks.
MERGE_MAX_WARDS = env_int("MERGE_MAX_WARDS", 3000)
EVIDENCE_MAX_BYTES = env_int("EVIDENCE_MAX_MEGABYTES", 10) * 1024 * 1024  # one photo or file
EVIDENCE_MAX_REQUEST_BYTES = env_int("EVIDENCE_MAX_REQUEST_MEGABYTES", 25) * 1024 * 1024  # several sent at once
EVIDENCE_MAX_FILES = env_int("EVIDENCE_MAX_FILES", 20)  # of one dossier
DOCUMENT_MAX_FILES = env_int("DOCUMENT_MAX_FILES", 10)  # of one document sent down, or of one reply
# From one address: people at a counter or in a branch office stay below, a machine trying numbers or links does not.
CHECKS_PER_MINUTE = env_int("CHECKS_PER_MINUTE", 30)  # of certificates
ENTRIES_PER_MINUTE = env_int("ENTRIES_PER_MINUTE", 40)  # sheets opened by their links
# Tries with photos that cannot be taken, an hour: of one link, and of one address, behind which a whole hamlet may sit.
PHOTO_TRIES = env_int("PHOTO_TRIES", 10)
PHOTO_TRIES_OF_ADDRESS = env_int("PHOTO_TRIES_OF_ADDRESS", 60)
# Entries of the history a page reads above the ward; beyond it the places below are asked, one by one.
HISTORY_MOST_READ = env_int("HISTORY_MOST_READ", 20_000)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 60_000  # a decision on a large ward posts three fields for each of 10,000 families
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Mail goes to the console unless a server is named.
EMAIL_BACKEND = env_str(
    "EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if env_str("EMAIL_HOST")
    else "django.core.mail.backends.console.EmailBackend",
)
EMAIL_HOST = env_str("EMAIL_HOST", "localhost")
EMAIL_PORT = env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env_secret("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS")
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "no-reply@localhost")

# --- Reminders (manage.py send_reminders, run daily): so many days before a last day, and every so many days after it.
REMINDER_DAYS_BEFORE = [int(day) for day in env_list("REMINDER_DAYS_BEFORE", ["14", "7", "3", "1", "0"])]
REMINDER_LATE_EVERY_DAYS = env_int("REMINDER_LATE_EVERY_DAYS", 7)
NUDGE_EVERY_DAYS = env_int("NUDGE_EVERY_DAYS", 3)  # a place is asked to hurry no more often than this

# --- History: triggers write one event row per changed row, set-based so bulk stays cheap.
PGHISTORY_APPEND_ONLY = True  # events can be neither changed nor deleted through the portal's tables
# Event tables are read by object only; further indexes would only slow every write.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_CONTEXT_FIELD = pghistory.ContextForeignKey(db_index=False)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "WARNING")},
}
