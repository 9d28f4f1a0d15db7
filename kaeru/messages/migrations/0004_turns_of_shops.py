from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('messages', '0003_date_what_was_sent'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='message',
            name='message_state',
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('shop_id'), models.F('state'), models.F('channel'), models.F('due_at'), name='message_state'),
        ),
    ]
